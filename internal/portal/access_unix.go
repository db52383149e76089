//go:build unix

package portal

import (
	"io/fs"
	"os"
	"syscall"
)

// writable asks the system whether files can be made in a folder; this also knows read-only file systems.
func writable(dir string) bool {
	const writeOK = 2
	return syscall.Access(dir, writeOK) == nil
}

// ours tells whether a folder belongs to this user and nobody else may write into it.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o022 == 0
}
