"""What a running ML program needs: launcher, module loader, errors."""
