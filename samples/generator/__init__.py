"""What `make.py` uses to write the sample files. Not needed to use the samples."""
