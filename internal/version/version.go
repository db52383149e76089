// Package version tells which build of askflow this is.
package version

import "runtime/debug"

// String is the version of the program, from the build.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version, revision, dirty := info.Main.Version, "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	if version == "" || version == "(devel)" {
		version = "0.1.0-dev"
		if len(revision) >= 12 {
			version += " (" + revision[:12] + dirty + ")"
		}
	}
	return version
}
