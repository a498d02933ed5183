// Command pulumi-resource-aws stands in for the official aws plugin where that cannot be downloaded: Pulumi's Terraform
// bridge around terraform-provider-aws 6, the provider that the official plugin is built from, in one program. It knows
// only the resource types that this project uses, under the names that @pulumi/aws has for them, and each mapping below
// repeats the official plugin's. Where it may still differ:
//
//   - The official plugin checks credentials and region before the provider does, with error texts of its own.
//   - Pulumi patches the provider. Of its patches, these concern the types below: another user agent, and "Managed by
//     Pulumi" where a description is left out.
//   - Default tags (aws:defaultTags) are merged by the official plugin, and here by the provider.
//   - aws:endpoints takes seven services; the official plugin takes all of them.
//   - getRegion takes no arguments and tells no endpoint and no description.
//   - The provider and the bridge are of one version each, and those of an official release may be newer.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"

	"github.com/hashicorp/terraform-provider-aws/internal"
	"github.com/hashicorp/terraform-provider-aws/internal/provider/framework"
	"github.com/hashicorp/terraform-provider-aws/internal/provider/sdkv2"
)

// The version of @pulumi/aws that this stands in for; the build sets it.
var version = "0.0.0"

type fields = map[string]*tfbridge.SchemaInfo

func main() {
	ctx := context.Background()
	log.SetOutput(io.Discard)
	internal.RegisterSmarterrFS()
	// The provider is two in one: most types are written with the older SDK, some with the newer framework.
	older, err := sdkv2.NewProvider(ctx)
	exitOn(err)
	newer, err := framework.NewProvider(ctx, older)
	exitOn(err)
	log.SetOutput(os.Stderr)

	both := pf.MuxShimWithDisjointgPF(ctx, shimv2.NewProvider(older), newer)
	aws := tfbridge.ProviderInfo{
		P:              both,
		Name:           "aws",
		ResourcePrefix: "aws",
		Version:        version,
		MetadataInfo:   tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:      resources(),
		DataSources:    dataSources(),
		Config: map[string]*tfbridge.SchemaInfo{
			"region":                      {Default: &tfbridge.DefaultInfo{EnvVars: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}}},
			"skip_credentials_validation": {Default: &tfbridge.DefaultInfo{Value: false}},
			"skip_region_validation":      {Default: &tfbridge.DefaultInfo{Value: true}},
		},
		EnableZeroDefaultSchemaVersion:               true,
		SkipValidateProviderConfigForPluginFramework: true,
	}
	aws.SetAutonaming(255, "-")
	// Which of the two serves which type: the official plugin's build writes that into a file.
	table, err := both.(interface {
		ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
	}).ResolveDispatch(&aws)
	exitOn(err)
	exitOn(metadata.Set(aws.GetMetadata(), "mux", table))
	pf.MainWithMuxer(ctx, "aws", aws, []byte("{}"))
}

func dataSources() map[string]*tfbridge.DataSourceInfo {
	return map[string]*tfbridge.DataSourceInfo{
		"aws_caller_identity": {Tok: tfbridge.MakeDataSource("aws", "index", "getCallerIdentity")},
		"aws_kms_key":         {Tok: tfbridge.MakeDataSource("aws", "kms", "getKey")},
		"aws_region":          {Tok: tfbridge.MakeDataSource("aws", "index", "getRegion")},
		"aws_s3_bucket":       {Tok: tfbridge.MakeDataSource("aws", "s3", "getBucket")},
	}
}

// resources repeats what the official plugin says about each type, as far as behaviour depends on it.
func resources() map[string]*tfbridge.ResourceInfo {
	plain := func(module, name string) *tfbridge.ResourceInfo {
		return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource("aws", module, name)}
	}
	withFields := func(module, name string, f fields) *tfbridge.ResourceInfo {
		return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource("aws", module, name), Fields: f}
	}
	// An attachment has no name: made anew before the old one is deleted, it would be deleted along with it.
	attachment := func(module, name string) *tfbridge.ResourceInfo {
		return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource("aws", module, name), DeleteBeforeReplace: true}
	}
	bucketName := tfbridge.AutoNameTransform("bucket", 63, strings.ToLower)
	// A policy may be an object.
	document := &tfbridge.SchemaInfo{Type: "string", Transform: tfbridge.TransformJSONDocument}

	return map[string]*tfbridge.ResourceInfo{
		"aws_s3_bucket":                                      withFields("s3", "Bucket", fields{"bucket": bucketName, "policy": document}),
		"aws_s3_bucket_lifecycle_configuration":              withFields("s3", "BucketLifecycleConfiguration", fields{"rule": lifecycleRule}),
		"aws_s3_bucket_logging":                              plain("s3", "BucketLogging"),
		"aws_s3_bucket_object_lock_configuration":            plain("s3", "BucketObjectLockConfiguration"),
		"aws_s3_bucket_ownership_controls":                   plain("s3", "BucketOwnershipControls"),
		"aws_s3_bucket_policy":                               withFields("s3", "BucketPolicy", fields{"policy": document}),
		"aws_s3_bucket_public_access_block":                  plain("s3", "BucketPublicAccessBlock"),
		"aws_s3_bucket_server_side_encryption_configuration": plain("s3", "BucketServerSideEncryptionConfiguration"),
		"aws_s3_bucket_versioning":                           plain("s3", "BucketVersioning"),

		"aws_iam_access_key":              plain("iam", "AccessKey"),
		"aws_iam_group":                   plain("iam", "Group"),
		"aws_iam_group_membership":        plain("iam", "GroupMembership"),
		"aws_iam_group_policy_attachment": attachment("iam", "GroupPolicyAttachment"),
		"aws_iam_policy":                  withFields("iam", "Policy", fields{"policy": document}),
		"aws_iam_role":                    withFields("iam", "Role", fields{"name": tfbridge.AutoName("name", 64, "-"), "assume_role_policy": document}),
		"aws_iam_role_policy_attachment":  attachment("iam", "RolePolicyAttachment"),
		"aws_iam_user":                    plain("iam", "User"),
		"aws_iam_user_group_membership":   plain("iam", "UserGroupMembership"),
		"aws_iam_user_policy_attachment":  attachment("iam", "UserPolicyAttachment"),

		"aws_kms_alias": withFields("kms", "Alias", fields{"name": aliasName}),
		"aws_kms_key":   plain("kms", "Key"),

		"aws_secretsmanager_secret":         plain("secretsmanager", "Secret"),
		"aws_secretsmanager_secret_version": plain("secretsmanager", "SecretVersion"),
		"aws_ssm_parameter":                 plain("ssm", "Parameter"),
	}
}

var aliasName = tfbridge.AutoNameWithCustomOptions("name", tfbridge.AutoNameOptions{
	Separator: "-", Maxlen: 238, Randlen: 7,
	PostTransform: func(_ *tfbridge.PulumiResource, name string) (string, error) {
		return "alias/" + strings.TrimPrefix(name, "alias/"), nil
	},
})

// lifecycleRule says which blocks hold at most one item. The schema of this type does not tell, and a property under a
// name that the bridge does not expect (`filter` where it looks for `filters`) is dropped without a word.
var lifecycleRule = &tfbridge.SchemaInfo{Elem: &tfbridge.SchemaInfo{Fields: fields{
	"abort_incomplete_multipart_upload": one(nil),
	"expiration":                        one(nil),
	"filter":                            one(fields{"and": one(nil), "tag": one(nil)}),
	"noncurrent_version_expiration":     one(nil),
}}}

func one(f fields) *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{MaxItemsOne: tfbridge.True(), Elem: &tfbridge.SchemaInfo{Fields: f}}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
