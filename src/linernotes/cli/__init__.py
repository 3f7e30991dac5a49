"""The command line. `app` puts its commands together; there is one small file for each theme."""
