"""What ``fashion-hls check`` looks at: the machine, the data, the workspace, runs and models.

Nothing is changed, no heavy library is imported, and no other machine is asked unless told to.
"""
