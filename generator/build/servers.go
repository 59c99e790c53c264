package build

// servers reads where the API and its operations are served.
func (b *builder) servers(basePath string) {
	servers, diags := b.doc.Servers(basePath)
	b.addresses, b.diags = servers, append(b.diags, diags...)
	b.api.BaseURL, b.api.BasePath = servers.First.URL, servers.First.Path
}
