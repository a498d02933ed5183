package conns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-provider-aws/internal/errs"
	"github.com/hashicorp/terraform-provider-aws/names"
)

func (c *AWSClient) IAMClient(ctx context.Context) *iam.Client {
	return errs.Must(client[*iam.Client](ctx, c, names.IAM, make(map[string]any)))
}

func (c *AWSClient) KMSClient(ctx context.Context) *kms.Client {
	return errs.Must(client[*kms.Client](ctx, c, names.KMS, make(map[string]any)))
}

func (c *AWSClient) S3Client(ctx context.Context) *s3.Client {
	return errs.Must(client[*s3.Client](ctx, c, names.S3, make(map[string]any)))
}

func (c *AWSClient) S3ControlClient(ctx context.Context) *s3control.Client {
	return errs.Must(client[*s3control.Client](ctx, c, names.S3Control, make(map[string]any)))
}

func (c *AWSClient) SecretsManagerClient(ctx context.Context) *secretsmanager.Client {
	return errs.Must(client[*secretsmanager.Client](ctx, c, names.SecretsManager, make(map[string]any)))
}

func (c *AWSClient) SSMClient(ctx context.Context) *ssm.Client {
	return errs.Must(client[*ssm.Client](ctx, c, names.SSM, make(map[string]any)))
}

func (c *AWSClient) STSClient(ctx context.Context) *sts.Client {
	return errs.Must(client[*sts.Client](ctx, c, names.STS, make(map[string]any)))
}
