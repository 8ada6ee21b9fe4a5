/** Why a deployment comes to nothing, as it is told. */
export class DeploymentFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly service?: string,
  ) {
    super(message);
    this.name = "DeploymentFailure";
  }
}
