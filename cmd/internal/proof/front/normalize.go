package front

import (
	"net/url"
	"strings"

	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// normalize makes of a request's target what the connection manager passes on. It does no more than
// is documented: no letter is decoded, so that what a test shows does not rest on Envoy's kindness.
func normalize(target string, m *hcm.HttpConnectionManager) (string, bool) {
	if u, err := url.Parse(target); err == nil && u.IsAbs() { // the absolute form
		_, rest, _ := strings.Cut(target, "://")
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			target = rest[i:]
		} else {
			target = "/"
		}
	}
	path, query, found := strings.Cut(target, "?")
	if strings.Contains(path, "#") {
		return "", false
	}
	encoded := strings.ToLower(path)
	if m.GetPathWithEscapedSlashesAction() == hcm.HttpConnectionManager_REJECT_REQUEST &&
		(strings.Contains(encoded, "%2f") || strings.Contains(encoded, "%5c")) {
		return "", false
	}
	if m.GetNormalizePath().GetValue() {
		if !strings.HasPrefix(path, "/") {
			return "", false
		}
		path = dots(strings.ReplaceAll(path, `\`, "/"))
	}
	if m.GetMergeSlashes() {
		for strings.Contains(path, "//") {
			path = strings.ReplaceAll(path, "//", "/")
		}
	}
	if found {
		path += "?" + query
	}
	return path, true
}

// dots removes "." and ".." segments, also encoded ones.
func dots(path string) string {
	var out []string
	segments := strings.Split(path, "/")[1:]
	for i, s := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(s), "%2e", ".") {
		case ".":
		case "..":
			out = out[:max(0, len(out)-1)]
		default:
			out = append(out, s)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}
