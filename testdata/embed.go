// Package testdata holds the demo portal, so that a program can show it on a machine that has nothing but the program.
package testdata

import "embed"

// Demo is the demo portal: a portal folder under the root "demo". It is read-only; a run needs a copy on disk, because
// a run's state lies inside the portal folder.
//
//go:embed all:demo
var Demo embed.FS
