"""What TensorBoard is shown of a fit: measures of every epoch, the graph, the parameters.

In come Keras's callbacks while a network trains; out go event files in `log_dir`.
"""
