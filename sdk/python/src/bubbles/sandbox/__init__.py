"""The part of the module that runs inside the sandbox: the plugin that runs Python functions."""
