"""The sources that come with cxmetrics: one module each, which offers them as `SOURCES`."""
