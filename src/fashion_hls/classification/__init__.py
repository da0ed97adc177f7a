"""Category and attribute classifiers: STL, STL with HLS, MTL with RNN and attention."""
