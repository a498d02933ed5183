// What Pulumi's Node.js language host runs where this folder, or its Git address, is added as a package.
require("s3-backup-target/provider").serve();
