"""How a network is trained: compiled programs, epochs, history. Knows Keras and arrays only."""
