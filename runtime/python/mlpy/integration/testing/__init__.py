"""Helpers for tests and measurements of programs that embed ML."""

from mlpy.integration.testing.helpers import (IntegrationTestHelper, MockAsyncExecutor, MockCapabilityManager,
                                              MockREPLSession)
from mlpy.integration.testing.performance import PerformanceTester

__all__ = ["PerformanceTester", "IntegrationTestHelper", "MockAsyncExecutor", "MockREPLSession", "MockCapabilityManager"]
