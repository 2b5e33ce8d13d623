// What sniffing finds out about a file.
export interface Sniffed {
  /** `application/octet-stream` for what is not recognised. */
  readonly mediaType: string;
  readonly encrypted: boolean;
}
