// A program without any of the components.
import * as aws from "@pulumi/aws";

new aws.iam.User("nobody", { forceDestroy: true });
