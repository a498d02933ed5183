package framework

import "github.com/hashicorp/terraform-plugin-framework/provider/schema"

func endpointsBlock() schema.SetNestedBlock {
	endpoint := schema.StringAttribute{Optional: true}
	return schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
		"iam": endpoint, "kms": endpoint, "s3": endpoint, "s3control": endpoint, "secretsmanager": endpoint, "ssm": endpoint, "sts": endpoint,
	}}}
}
