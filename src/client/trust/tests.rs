//! Trust, tried on a real listener.
