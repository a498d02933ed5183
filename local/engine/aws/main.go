// Command pulumi-resource-aws is a stand-in for the official aws plugin where that cannot be downloaded: Pulumi's
// Terraform bridge over the terraform-provider-aws that lies beside this binary. It knows only the resource types that
// this project uses, under the names that @pulumi/aws has for them.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/proto"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The version of @pulumi/aws that this stands in for; the build sets it.
var version = "0.0.0"

type fields = map[string]*tfbridge.SchemaInfo

func main() {
	ctx := context.Background()
	self, err := os.Executable()
	exitOn(err)
	// Pulumi starts this binary without any setting of its own, so the provider is found by its place.
	path := filepath.Join(filepath.Dir(self), "terraform-provider-aws")
	types := slices.Concat(slices.Collect(maps.Keys(resources())), slices.Collect(maps.Keys(dataSources())))
	provider, end, err := startTerraformProvider(ctx, path, types)
	exitOn(err)
	defer end()

	aws := tfbridge.ProviderInfo{
		P:              proto.New(ctx, provider),
		Name:           "aws",
		ResourcePrefix: "aws",
		Version:        version,
		MetadataInfo:   &tfbridge.MetadataInfo{Path: "", Data: tfbridge.ProviderMetadata(nil)},
		Resources:      resources(),
		DataSources:    dataSources(),
	}
	aws.SetAutonaming(255, "-")
	pf.Main(ctx, "aws", aws, pf.ProviderMetadata{PackageSchema: []byte("{}")})
}

func dataSources() map[string]*tfbridge.DataSourceInfo {
	return map[string]*tfbridge.DataSourceInfo{
		"aws_caller_identity": {Tok: tfbridge.MakeDataSource("aws", "index", "getCallerIdentity")},
		"aws_partition":       {Tok: tfbridge.MakeDataSource("aws", "index", "getPartition")},
		"aws_region":          {Tok: tfbridge.MakeDataSource("aws", "index", "getRegion")},
		"aws_kms_key":         {Tok: tfbridge.MakeDataSource("aws", "kms", "getKey")},
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
	withPolicy := func(module, name string) *tfbridge.ResourceInfo {
		return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource("aws", module, name), PreCheckCallback: policyToText}
	}
	// An attachment has no name: made anew before the old one is deleted, it would be deleted along with it.
	attachment := func(module, name string) *tfbridge.ResourceInfo {
		return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource("aws", module, name), DeleteBeforeReplace: true}
	}
	bucketName := tfbridge.AutoNameTransform("bucket", 63, strings.ToLower)

	return map[string]*tfbridge.ResourceInfo{
		"aws_s3_bucket":                                      withFields("s3", "Bucket", fields{"bucket": bucketName}),
		"aws_s3_bucket_lifecycle_configuration":              withFields("s3", "BucketLifecycleConfiguration", fields{"rule": lifecycleRule}),
		"aws_s3_bucket_object_lock_configuration":            plain("s3", "BucketObjectLockConfiguration"),
		"aws_s3_bucket_ownership_controls":                   plain("s3", "BucketOwnershipControls"),
		"aws_s3_bucket_policy":                               withPolicy("s3", "BucketPolicy"),
		"aws_s3_bucket_public_access_block":                  plain("s3", "BucketPublicAccessBlock"),
		"aws_s3_bucket_server_side_encryption_configuration": plain("s3", "BucketServerSideEncryptionConfiguration"),
		"aws_s3_bucket_versioning":                           plain("s3", "BucketVersioning"),

		"aws_iam_access_key":              plain("iam", "AccessKey"),
		"aws_iam_group":                   plain("iam", "Group"),
		"aws_iam_group_membership":        plain("iam", "GroupMembership"),
		"aws_iam_group_policy_attachment": attachment("iam", "GroupPolicyAttachment"),
		"aws_iam_policy":                  withPolicy("iam", "Policy"),
		"aws_iam_user":                    plain("iam", "User"),
		"aws_iam_user_group_membership":   plain("iam", "UserGroupMembership"),
		"aws_iam_user_policy_attachment":  attachment("iam", "UserPolicyAttachment"),

		"aws_kms_alias": withFields("kms", "Alias", fields{"name": aliasName}),
		"aws_kms_key":   plain("kms", "Key"),
	}
}

// policyToText lets a policy be an object, as @pulumi/aws does. The bridge heeds no field's Transform over a protocol.
func policyToText(_ context.Context, inputs, _ resource.PropertyMap) (resource.PropertyMap, error) {
	text, err := tfbridge.TransformJSONDocument(inputs["policy"])
	inputs["policy"] = text
	return inputs, err
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
