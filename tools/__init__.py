"""What builds and judges documentation and releases; each file is a program of its own."""
