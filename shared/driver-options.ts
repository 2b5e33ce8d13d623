// What every driver is opened with, whatever its port; each takes what it needs.
export interface DriverOptions {
  /** Where a driver that keeps files keeps them. */
  readonly dataDir: string;
}
