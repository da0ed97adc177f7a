"""What is known of how a run was made, and the page that says it (``make report``)."""
