/** 50 megapixels: above what phones send, far below what fills a process (4 bytes each would be 200 MB). */
export const MAX_IMAGE_PIXELS = 50_000_000;

/** Vision models scale larger pictures down themselves, so more would only cost bytes. */
export const MAX_IMAGE_EDGE_PIXELS = 2048;
