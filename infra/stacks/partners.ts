import { AuthorizationType, LambdaIntegration } from 'aws-cdk-lib/aws-apigateway'
import type { Construct } from 'constructs'
import { ServiceApi } from '../constructs/service-api.ts'
import { allow, ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { Table } from '../constructs/table.ts'
import type { Use } from '../constructs/use.ts'

/** A caller asks and looks up; it changes nothing at a partner in any other way. */
const methods = ['GET', 'POST']

/**
 * The outside world: a card acquirer and carriers, deployed apart and reached over HTTP like anybody else's systems.
 * Callers sign their requests; without a permission on the path they get 403.
 */
export class Partners extends ServiceStack {
  readonly acquirer: Use
  readonly carriers: Use

  constructor(scope: Construct, site: Site) {
    super(scope, 'partners', site, 'Stand-ins for a card acquirer and carriers', 'minor')
    // They answer late on purpose: longer than a caller waits.
    const timeout = 2 * site.stage.timing.partnerCall + 5_000

    const faults = new Table(this, 'FAULTS_TABLE', { partition: ['partner', 'S'] })
    const books = new Table(this, 'BOOKS_TABLE', { partition: ['key', 'S'], expires: 'expiresAt' })
    const bookings = new Table(this, 'BOOKINGS_TABLE', { partition: ['key', 'S'], expires: 'expiresAt' })

    const service = new ServiceApi(this, 'partners', { authorization: AuthorizationType.IAM })
    this.output('PartnersUrl', service.api.url)

    const apiId = (this.resolve(service.api.restApiId) as { Ref: string }).Ref

    const partner = (name: 'acquirer' | 'carriers', variable: string, book: Table): Use => {
      const { live } = new ServiceFunction(this, `partners-${name}`, {
        timeout,
        uses: [book.use('read', 'write'), faults.use('read')],
      })
      const integration = new LambdaIntegration(live, { allowTestInvoke: false })
      service.api.root.addResource(name).addProxy({ defaultIntegration: integration })
      return {
        environment: { [variable]: service.api.urlForPath(`/${name}`) },
        acknowledged: methods.map((method) => ({
          id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${apiId}>/v1/${method}/${name}/*]`,
          reason: 'Paths carry ids, so that below the one partner they may be anything; other partners stay closed.',
        })),
        statements: [
          allow(
            ['execute-api:Invoke'],
            methods.map((method) => service.api.arnForExecuteApi(method, `/${name}/*`, service.stageName)),
          ),
        ],
      }
    }
    this.acquirer = partner('acquirer', 'ACQUIRER_URL', books)
    this.carriers = partner('carriers', 'CARRIERS_URL', bookings)
  }
}
