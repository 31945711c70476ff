import { Duration } from 'aws-cdk-lib'
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import {
  AttributeType,
  BillingMode,
  Table as DynamoTable,
  ProjectionType,
  StreamViewType,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { outputKey } from '../names.ts'
import { acknowledge } from './acknowledge.ts'
import { ServiceAlarm } from './service-alarm.ts'
import { allow } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import { keyOf } from './stage-key.ts'
import type { Use } from './use.ts'

/** `S`: text, `N`: a number. */
export type Key = readonly [name: string, type: 'S' | 'N']

export type Index = {
  readonly partition: Key
  readonly sort?: Key
  /** Attributes besides the keys; `all` is every one, none is keys only. */
  readonly includes?: 'all' | readonly string[]
}

type Options = {
  readonly partition: Key
  readonly sort?: Key
  readonly indexes?: Readonly<Record<string, Index>>
  /** Whether it has a stream; one carries every change with both images. */
  readonly stream?: true
  /** The attribute, in epoch seconds, after which DynamoDB may delete an item. It never decides, it only cleans. */
  readonly expires?: string
}

/**
 * What a function may do with a table's items. `write` covers transactions, whose parts are authorised one by one; a
 * `batch` is authorised as a whole and so cannot be kept from deleting: for what only tells what is kept elsewhere.
 */
export type Access = 'read' | 'write' | 'scan' | 'batch' | 'delete'

const actions: Readonly<Record<Access, readonly string[]>> = {
  read: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
  write: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
  scan: ['dynamodb:Scan'],
  batch: ['dynamodb:BatchWriteItem'],
  delete: ['dynamodb:DeleteItem'],
}

/**
 * A table of one context, paid by request. Where the stage says so it can be restored to any second of the last 35 days, and
 * neither a mistaken stack nor a mistaken call deletes it.
 *
 * Functions know it by `variable`, people by the stack's output of the same name in Pascal case.
 *
 * @example
 * const stock = new Table(this, 'STOCK_TABLE', { partition: ['sku', 'S'], stream: true })
 * stock.use('read', 'write') // { environment: { STOCK_TABLE: … }, statements: [ … ] }
 */
export class Table extends Construct {
  readonly variable: string
  readonly table: DynamoTable
  private readonly indexes: readonly string[]

  constructor(scope: Construct, variable: string, { partition, sort, indexes = {}, stream, expires }: Options) {
    super(scope, outputKey(variable))
    const stack = stackOf(this)
    const { stage } = stack.site
    this.variable = variable
    this.indexes = Object.keys(indexes)
    const key = keyOf(this)
    this.table = new DynamoTable(this, 'Table', {
      partitionKey: attribute(partition),
      ...(sort ? { sortKey: attribute(sort) } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: stage.removal,
      deletionProtection: stage.deletionProtection,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.pointInTimeRecovery },
      ...(key ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key } : {}),
      ...(stream ? { stream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
      ...(expires ? { timeToLiveAttribute: expires } : {}),
    })
    if (!stage.pointInTimeRecovery)
      acknowledge(this.table, {
        id: 'AwsSolutions-DDB3',
        reason: 'On this stage nothing is kept that could not be made again, so that there is nothing to restore.',
      })
    for (const [indexName, { partition, sort, includes = [] }] of Object.entries(indexes))
      this.table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: attribute(partition),
        ...(sort ? { sortKey: attribute(sort) } : {}),
        ...(includes === 'all'
          ? { projectionType: ProjectionType.ALL }
          : includes.length > 0
            ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...includes] }
            : { projectionType: ProjectionType.KEYS_ONLY }),
      })
    stack.output(outputKey(variable), this.table.tableName)
    throttleAlarm(this, variable, this.table)
  }

  /** The table's name in the environment and the permissions on its items; reading includes its indexes. */
  use(...access: readonly [Access, ...Access[]]): Use {
    const { tableArn } = this.table
    return {
      environment: { [this.variable]: this.table.tableName },
      statements: access.map((kind) =>
        allow(actions[kind], [
          tableArn,
          ...(kind === 'read' ? this.indexes.map((index) => `${tableArn}/index/${index}`) : []),
        ]),
      ),
    }
  }
}

/** DynamoDB says how often it held reads and writes back; each is silent when all is well. */
const throttleAlarm = (scope: Construct, variable: string, table: DynamoTable) => {
  const thing = variable.toLowerCase().replaceAll('_', '-')
  const period = Duration.minutes(1)
  const held = (metricName: string) => table.metric(metricName, { period, statistic: Stats.SUM })
  new ServiceAlarm(
    scope,
    {
      kind: 'table-throttles',
      of: thing,
      severity: 'minor',
      meaning: `DynamoDB holds reads or writes of ${thing} back: one key is too hot, or traffic rose too fast`,
    },
    {
      metric: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: { reads: held('ReadThrottleEvents'), writes: held('WriteThrottleEvents') },
        period,
      }),
      threshold: 0,
      datapoints: [3, 5],
    },
  )
}

const attribute = ([name, type]: Key) => ({ name, type: type === 'S' ? AttributeType.STRING : AttributeType.NUMBER })
