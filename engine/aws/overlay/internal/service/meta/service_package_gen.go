package meta

import (
	"context"

	"github.com/hashicorp/terraform-provider-aws/internal/conns"
	inttypes "github.com/hashicorp/terraform-provider-aws/internal/types"
)

type servicePackage struct{}

func (p *servicePackage) FrameworkDataSources(context.Context) []*inttypes.ServicePackageFrameworkDataSource {
	return []*inttypes.ServicePackageFrameworkDataSource{{
		Factory:  newRegionDataSource,
		TypeName: "aws_region",
		Name:     "Region",
		Region:   inttypes.ResourceRegionNoPartitionValidation(),
	}}
}

func (p *servicePackage) FrameworkResources(context.Context) []*inttypes.ServicePackageFrameworkResource {
	return nil
}

func (p *servicePackage) SDKDataSources(context.Context) []*inttypes.ServicePackageSDKDataSource {
	return nil
}

func (p *servicePackage) SDKResources(context.Context) []*inttypes.ServicePackageSDKResource {
	return nil
}

func (p *servicePackage) ServicePackageName() string {
	return "meta"
}

func ServicePackage(context.Context) conns.ServicePackage {
	return &servicePackage{}
}
