"""What a page shows: files read and made ready, whatever their writer was stopped in.

In come the files of a run; out come charts, lines of code and text, and formatted figures.
"""
