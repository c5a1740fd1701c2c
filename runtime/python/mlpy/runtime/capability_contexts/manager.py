"""``mlpy.runtime.capabilities.manager``: contexts for ``with`` (``engine.grants``)."""

from mlpy.engine.grants import CapabilityContext, file_capability_context, network_capability_context

__all__ = ["CapabilityContext", "file_capability_context", "network_capability_context"]
