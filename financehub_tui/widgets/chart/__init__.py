"""Price charts drawn with characters: pure viewport, scales and raster; one widget on top."""
