package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"askflow/internal/secret"
)

// MetadataFile is the file in the portal's state folder that says what is known about the account. It never holds the key.
const MetadataFile = "account.json"

const (
	metadataVersion = 1
	largestMetadata = 1 << 20
	mostModels      = 2000
)

type metadata struct {
	Version      int       `json:"version"`
	Kept         string    `json:"kept"`
	MaskedKey    string    `json:"maskedKey,omitempty"`
	Organization string    `json:"organization,omitempty"`
	Project      string    `json:"project,omitempty"`
	BaseURL      string    `json:"baseUrl"`
	ConnectedAt  time.Time `json:"connectedAt"`
	VerifiedAt   time.Time `json:"verifiedAt"`
	Result       string    `json:"result"`
	Models       []string  `json:"models,omitempty"`
	Limits       []Limit   `json:"limits,omitempty"`
}

// status is what the metadata tells; all members are copies.
func (m *metadata) status() *Status {
	if m == nil {
		return &Status{}
	}
	return &Status{Kept: m.Kept, MaskedKey: m.MaskedKey, Organization: m.Organization, Project: m.Project, BaseURL: m.BaseURL,
		ConnectedAt: m.ConnectedAt, VerifiedAt: m.VerifiedAt, Result: m.Result, Models: slices.Clone(m.Models), Limits: slices.Clone(m.Limits)}
}

func (a *Account) metadataPath() string { return filepath.Join(a.opt.Portal.StateDir, MetadataFile) }

// readMetadata returns nil when there is none.
func (a *Account) readMetadata() (*metadata, error) {
	path := a.metadataPath()
	bad := func(reason string, cause error) error {
		return &Error{Code: CodeMetadata, Message: fmt.Sprintf("The file %s, which says where the key is kept, cannot be used: %s.", path, reason),
			Hint: "delete the file; the key stays where it is, and account reconnect or uninstall finds it", Cause: cause}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, bad(plain(err), err)
	case !info.Mode().IsRegular():
		return nil, bad("it is no file", nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bad(plain(err), err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, largestMetadata+1))
	switch {
	case err != nil:
		return nil, bad(plain(err), err)
	case len(data) > largestMetadata:
		return nil, bad("it is too large", nil)
	}
	m := &metadata{}
	if json.Unmarshal(data, m) != nil {
		return nil, bad("it is damaged", nil) // the decoder's words may quote the file
	}
	if m.Version > metadataVersion {
		return nil, bad("it was written by a newer version of this program", nil)
	}
	if !slices.Contains([]string{"", KeptNone, secret.InEnvironment, secret.InKeyring, secret.InFile}, m.Kept) {
		return nil, bad("it names a place for keys that does not exist", nil)
	}
	return m, nil
}

// writeMetadata replaces the file as a whole or not at all.
func (a *Account) writeMetadata(m *metadata) error {
	fail := func(err error) error {
		return &Error{Code: CodeMetadata, Message: fmt.Sprintf("The file %s cannot be written: %s.", a.metadataPath(), plain(err)),
			Hint: "check the folder's permissions and the space on the disk", Cause: err}
	}
	if ensure := a.opt.Portal.EnsureState; ensure != nil {
		if err := ensure(); err != nil {
			return err
		}
	}
	m.Version = metadataVersion
	if len(m.Models) > mostModels {
		m.Models = m.Models[:mostModels]
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fail(err)
	}
	temp, err := os.CreateTemp(a.opt.Portal.StateDir, ".account-*")
	if err != nil {
		return fail(err)
	}
	_, err = temp.Write(append(data, '\n'))
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), a.metadataPath())
	}
	if err != nil {
		return fail(errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}

func (a *Account) removeMetadata() error {
	err := os.Remove(a.metadataPath())
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &Error{Code: CodeMetadata, Message: fmt.Sprintf("The file %s cannot be removed: %s.", a.metadataPath(), plain(err)), Hint: "remove it by hand", Cause: err}
}

// plain is an error of the file system without the path, which the sentence around it names.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
