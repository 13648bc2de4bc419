"""The Keras side: inputs, layers and models that continue where encoded columns end.

In come fitted encoders; out go Keras tensors, and the model that encodes raw columns for serving.
"""
