package meta

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-provider-aws/internal/framework"
)

// The provider's own imports the whole of EC2's SDK, for an endpoint that nobody asks for. This one knows the provider's region only.
func newRegionDataSource(context.Context) (datasource.DataSourceWithConfigure, error) {
	return &regionDataSource{}, nil
}

type regionDataSource struct {
	framework.DataSourceWithModel[regionDataSourceModel]
}

type regionDataSourceModel struct {
	framework.WithRegionModel
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

func (d *regionDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	computed := schema.StringAttribute{Computed: true}
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{"id": computed, "name": computed}}
}

func (d *regionDataSource) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var data regionDataSourceModel
	response.Diagnostics.Append(request.Config.Get(ctx, &data)...)
	if response.Diagnostics.HasError() {
		return
	}
	data.Region = types.StringValue(d.Meta().Region(ctx))
	data.ID, data.Name = data.Region, data.Region
	response.Diagnostics.Append(response.State.Set(ctx, &data)...)
}
