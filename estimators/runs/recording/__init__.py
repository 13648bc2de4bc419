"""A run under way in this process: started, the current one, told of every fit, ended.

In come epochs, evaluations, printed lines and figures; all of it goes into the run's directory.
"""
