package sdkv2

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func endpointsSchema() *schema.Schema {
	endpoint := func() *schema.Schema { return &schema.Schema{Type: schema.TypeString, Optional: true} }
	return &schema.Schema{
		Type:     schema.TypeSet,
		Optional: true,
		Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"iam": endpoint(), "kms": endpoint(), "s3": endpoint(), "s3control": endpoint(), "secretsmanager": endpoint(), "ssm": endpoint(), "sts": endpoint(),
		}},
	}
}

func expandEndpoints(_ context.Context, list []any) (map[string]string, diag.Diagnostics) {
	endpoints := map[string]string{}
	for _, item := range list {
		for service, url := range item.(map[string]any) {
			if url := url.(string); url != "" {
				endpoints[service] = url
			}
		}
	}
	return endpoints, nil
}
