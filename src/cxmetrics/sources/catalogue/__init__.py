"""The sources that are built in, one a file: each module offers its own as `SOURCES`."""
