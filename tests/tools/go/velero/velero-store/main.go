// What Velero's server does with its object store, by Velero's own code, which runs the AWS plugin as the server does.
// There is no cluster: what is backed up is a file.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/sirupsen/logrus"
	api "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/persistence"
	"github.com/vmware-tanzu/velero/pkg/plugin/clientmgmt"
	"github.com/vmware-tanzu/velero/pkg/plugin/clientmgmt/process"
)

const metadata = `{"apiVersion": "velero.io/v1", "kind": "Backup", "metadata": {"name": %q, "namespace": "velero"}}`

func run(bucket, prefix, region, url, command string, args []string) error {
	logger := logrus.New()
	plugin, err := exec.LookPath("velero-plugin-for-aws")
	if err != nil {
		return err
	}
	// Velero asks its own program for plugins first; here that is the plugin.
	os.Args = []string{plugin, "server"}
	registry := process.NewRegistry("", logger, logger.Level)
	if err := registry.DiscoverPlugins(); err != nil {
		return err
	}
	manager := clientmgmt.NewManager(logger, logger.Level, registry)
	defer manager.CleanupClients()
	storage := &api.ObjectStorageLocation{Bucket: bucket, Prefix: prefix}
	location := &api.BackupStorageLocation{Spec: api.BackupStorageLocationSpec{
		Provider:    "velero.io/aws",
		Config:      map[string]string{"region": region, "s3Url": url, "s3ForcePathStyle": "true"},
		StorageType: api.StorageType{ObjectStorage: storage},
	}}
	store, err := persistence.NewObjectBackupStoreGetter(nil).Get(location, manager, logger)
	if err != nil {
		return err
	}
	if err := store.IsValid(); err != nil {
		return err
	}
	switch command {
	case "backup":
		name := args[0]
		if exists, err := store.BackupExists(bucket, name); err != nil || exists {
			return fmt.Errorf("it exists: %v, %w", exists, err)
		}
		contents, err := os.Open(args[1])
		if err != nil {
			return err
		}
		return store.PutBackup(persistence.BackupInfo{
			Name:     name,
			Metadata: strings.NewReader(fmt.Sprintf(metadata, name)),
			Contents: contents,
			Log:      strings.NewReader("log"),
		})
	case "list":
		backups, err := store.ListBackups()
		fmt.Println(backups)
		return err
	case "restore":
		if _, err := store.GetBackupMetadata(args[0]); err != nil {
			return err
		}
		contents, err := store.GetBackupContents(args[0])
		if err != nil {
			return err
		}
		file, err := os.Create(args[1])
		if err != nil {
			return err
		}
		if _, err := io.Copy(file, contents); err != nil {
			return err
		}
		return store.PutRestoreLog(args[0], "of-"+args[0], strings.NewReader("log"))
	case "delete":
		if err := store.DeleteRestore("of-" + args[0]); err != nil {
			return err
		}
		return store.DeleteBackup(args[0])
	}
	return fmt.Errorf("no command %s", command)
}

func main() {
	if len(os.Args) < 6 {
		fmt.Fprintln(os.Stderr, "velero-store BUCKET PREFIX REGION URL backup|list|restore|delete …")
		os.Exit(2)
	}
	a := os.Args
	if err := run(a[1], a[2], a[3], a[4], a[5], a[6:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
