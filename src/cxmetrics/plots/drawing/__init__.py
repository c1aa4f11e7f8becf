"""What drawings are laid out with: lettering that is measured, shapes that may not collide."""
