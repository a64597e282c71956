//! The fast plan: as few requests as there are pages, and no proof.
