package front

import (
	"net/http"
	"strings"

	accesslog "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
)

// remap applies the first mapper of local replies whose filter holds.
func (f *Front) remap(header http.Header, a *answer) {
	for _, m := range f.manager.GetLocalReplyConfig().GetMappers() {
		if !holds(m.GetFilter(), a) {
			continue
		}
		for _, h := range m.GetHeadersToAdd() {
			value := h.GetHeader().GetValue()
			if name, ok := strings.CutPrefix(value, "%RESP("); ok {
				value = header.Get(strings.TrimSuffix(name, ")%"))
			}
			if h.GetAppendAction() == core.HeaderValueOption_ADD_IF_ABSENT && header.Get(h.GetHeader().GetKey()) == "" && value != "" {
				header.Set(h.GetHeader().GetKey(), value)
			}
		}
		if b := m.GetBodyFormatOverride(); b != nil {
			header.Set("Content-Type", b.GetContentType())
			a.body = b.GetTextFormatSource().GetInlineString()
		}
		return
	}
}

// holds knows filters by status only: those by flag come before Envoy has set the flag.
func holds(f *accesslog.AccessLogFilter, a *answer) bool {
	c := f.GetStatusCodeFilter().GetComparison()
	return c != nil && a.status == int(c.GetValue().GetDefaultValue())
}
