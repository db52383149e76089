//go:build !unix

package portal

import "io/fs"

// writable assumes that files can be made in a folder; where they cannot, EnsureState says so.
func writable(string) bool { return true }

// ours is true: temporary folders are each user's own here.
func ours(fs.FileInfo) bool { return true }
