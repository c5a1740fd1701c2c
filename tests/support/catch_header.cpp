// The one source of catch_main that is compiled with the precompiled header, so that there is one.
