import { delimiter, join } from 'node:path'
import { localAccount, localClientConfig } from '../client.ts'
import { layout } from '../layout.ts'
import { checkout } from '../settings.ts'
import { dataFolders } from './state.ts'

/**
 * The environment in which ministack runs. Only what is listed reaches it: the user's own AWS settings do not, and
 * neither do variables that ministack happens to read under common names (`AUTH`, `SERVICES`, `DEBUG`).
 */
export const emulatorEnvironment = (
  { state, port, region }: { state: string; port: number; region: string },
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> => {
  const { tmp } = layout(state)
  const { services, objects } = dataFolders(state)
  return {
    HOME: inherited.HOME ?? state,
    LANG: inherited.LANG ?? 'C.UTF-8',
    // Functions run on the `node` that comes first: Node 24 of this checkout, not the machine's.
    PATH: [join(checkout, 'node_modules', '.bin'), inherited.PATH ?? '/usr/bin:/bin'].join(delimiter),
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: 'localhost',
    MINISTACK_REGION: region,
    MINISTACK_ACCOUNT_ID: localAccount,
    // Handed on to functions. By name, as in queue URLs: of two names for one host the SDK complains in every log.
    AWS_ENDPOINT_URL: localClientConfig({ port, region }).endpoint,
    // Handed on to functions too: the emulator's own bootstrap uses a deprecated call, and says so in every log.
    NODE_OPTIONS: '--disable-warning=DEP0169',
    AUTH: 'true',
    PERSIST_STATE: '1',
    STATE_DIR: services,
    S3_PERSIST: '1',
    S3_DATA_DIR: objects,
    TMPDIR: tmp,
    LOG_LEVEL: 'INFO',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // No engine is used; a path that does not exist keeps the emulator from looking for one.
    DOCKER_HOST: `unix://${join(tmp, 'no-docker.sock')}`,
  }
}
