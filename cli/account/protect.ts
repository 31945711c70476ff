/**
 * Resources that hold what nobody can make again, and messages that are under way. A template that would replace or drop
 * one of them is a mistake until somebody says that it is none.
 */
export const holding = [
  'AWS::Cognito::UserPool',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::Archive',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
] as const

const may = { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }

/**
 * The policy of a stack whose updates may change everything, but neither replace nor delete what holds data. It says
 * nothing of the deletion of the whole stack, which deletion protection and removal policies decide.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
 */
export const guarding = JSON.stringify({
  Statement: [
    may,
    {
      Effect: 'Deny',
      Action: ['Update:Replace', 'Update:Delete'],
      Principal: '*',
      Resource: '*',
      Condition: { StringEquals: { ResourceType: holding } },
    },
  ],
})

/** The policy of a stack while somebody means to replace what holds data. CloudFormation knows no way to take one off. */
export const yielding = JSON.stringify({ Statement: [may] })
