package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-mux/tf5to6server"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic/internal/shim/protov5"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/opentofu/logging"
	tfplugin "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/opentofu/plugin"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/vendored/tfplugin5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// startTerraformProvider runs the terraform-provider-aws at a path. The second result ends it.
func startTerraformProvider(
	ctx context.Context, path string, types []string,
) (tfprotov6.ProviderServer, func(), error) {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  tfplugin.Handshake,
		VersionedPlugins: tfplugin.VersionedPlugins,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Managed:          true,
		Cmd:              exec.Command(path),
		Logger:           logging.NewProviderLogger(""),
		SyncStdout:       logging.PluginOutputMonitor("terraform-provider-aws:stdout"),
		SyncStderr:       logging.PluginOutputMonitor("terraform-provider-aws:stderr"),
	})
	connection, err := client.Client()
	if err != nil {
		return nil, nil, err
	}
	if version := client.NegotiatedVersion(); version != 5 {
		return nil, nil, fmt.Errorf("%s speaks version %d of Terraform's plugin protocol, not 5", path, version)
	}
	remote := tfplugin5.NewProviderClient(connection.(*plugin.GRPCClient).Conn)
	file, err := schemaFile(path, types)
	if err != nil {
		return nil, nil, err
	}
	server, err := tf5to6server.UpgradeServer(ctx, func() tfprotov5.ProviderServer {
		return quickCheck{shim.New(knownSchema{remote, file, types})}
	})
	return server, client.Kill, err
}

// knownSchema asks the provider for its schema once and for all. Each time that it is asked, it puts together and sends
// those of its 1,500 types, and this program reads them: seconds of work, and memory, at every start.
type knownSchema struct {
	tfplugin5.ProviderClient
	file  string
	types []string
}

type schema = tfplugin5.GetProviderSchema_Response

func (k knownSchema) GetSchema(
	ctx context.Context, request *tfplugin5.GetProviderSchema_Request, options ...grpc.CallOption,
) (*schema, error) {
	known := &schema{}
	if bytes, err := os.ReadFile(k.file); err == nil && proto.Unmarshal(bytes, known) == nil {
		return known, nil
	}
	asked, err := k.ProviderClient.GetSchema(ctx, request, options...)
	if err != nil || len(asked.Diagnostics) > 0 {
		return asked, err
	}
	asked.Functions = nil
	asked.EphemeralResourceSchemas = nil
	keep(asked.ResourceSchemas, k.types)
	keep(asked.DataSourceSchemas, k.types)
	// Where it cannot be written, it is asked for again.
	_ = writeWhole(k.file, asked)
	return asked, nil
}

func keep(schemas map[string]*tfplugin5.Schema, types []string) {
	for name := range schemas {
		if !slices.Contains(types, name) {
			delete(schemas, name)
		}
	}
}

// quickCheck has the provider's configuration checked without its endpoints. For each of the 300 services that an endpoint
// could be given for, the check writes all 300 into one text: two to three seconds of work in each update of a stack
// that has any, as the local ones do.
type quickCheck struct{ tfprotov5.ProviderServer }

func (q quickCheck) PrepareProviderConfig(
	ctx context.Context, request *tfprotov5.PrepareProviderConfigRequest,
) (*tfprotov5.PrepareProviderConfigResponse, error) {
	schemas, err := q.GetProviderSchema(ctx, &tfprotov5.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	kind := schemas.Provider.ValueType()
	config, endpoints, err := exchange(request.Config, kind, nil)
	if err != nil || endpoints == nil {
		return q.ProviderServer.PrepareProviderConfig(ctx, request)
	}
	response, err := q.ProviderServer.PrepareProviderConfig(
		ctx, &tfprotov5.PrepareProviderConfigRequest{Config: config})
	if err != nil || response.PreparedConfig == nil {
		return response, err
	}
	response.PreparedConfig, _, err = exchange(response.PreparedConfig, kind, endpoints)
	return response, err
}

// exchange puts these endpoints, or none, into a configuration, and returns those that it had.
func exchange(
	config *tfprotov5.DynamicValue, kind tftypes.Type, endpoints *tftypes.Value,
) (*tfprotov5.DynamicValue, *tftypes.Value, error) {
	value, err := config.Unmarshal(kind)
	if err != nil {
		return nil, nil, err
	}
	fields := map[string]tftypes.Value{}
	if err := value.As(&fields); err != nil {
		return nil, nil, err
	}
	before, has := fields["endpoints"]
	if !has {
		return config, nil, nil
	}
	none := tftypes.NewValue(before.Type(), []tftypes.Value{})
	if endpoints == nil {
		endpoints = &none
	}
	fields["endpoints"] = *endpoints
	exchanged, err := tfprotov5.NewDynamicValue(kind, tftypes.NewValue(kind, fields))
	return &exchanged, &before, err
}

// schemaFile is the place for the schema of these types, as this provider has them.
func schemaFile(path string, types []string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", err
	}
	sorted := slices.Sorted(slices.Values(types))
	key := sha256.Sum256(fmt.Append(nil, target, info.Size(), info.ModTime().UnixNano(), sorted))
	return fmt.Sprintf("%s.schema-%x", path, key[:8]), nil
}

// writeWhole lets nobody find half of it: many of these programs may be at work.
func writeWhole(path string, message proto.Message) error {
	bytes, err := proto.Marshal(message)
	if err != nil {
		return err
	}
	unfinished := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(unfinished, bytes, 0o644); err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	return os.Rename(unfinished, path)
}
