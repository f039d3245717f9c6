#!/usr/bin/env bash
# sbom.sh - what is in this system, as SPDX 2.3 (JSON): the server and every Debian package, from
# dpkg's own list. The image has its own in /usr/local/share/raduno/sbom.spdx.json. Two runs on one
# system write the same: names are sorted, the date is SOURCE_DATE_EPOCH, or that of the newest package.
set -euo pipefail

# Debian's versions have '+', '~' and ':', which the id of a package may not have (SPDX 3.2).
identifier() {
    printf 'SPDXRef-%s' "${1//[^A-Za-z0-9.-]/-}"
}

debian_package() {
    local name=$1 version=$2 architecture=$3 source=$4
    printf ',\n  {"SPDXID": "%s", "name": "%s", "versionInfo": "%s", "sourceInfo": "Debian source package %s",\n' \
        "$(identifier "$name-$architecture")" "$name" "$version" "$source"
    printf '   "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "NOASSERTION",\n'
    printf '   "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",\n'
    printf '     "referenceLocator": "pkg:deb/debian/%s@%s?arch=%s"}]}' "${name//+/%2B}" "${version//+/%2B}" "$architecture"
}

newest=$(stat -c %Y /var/lib/dpkg/info/*.list | sort -n | tail -n 1)
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-$newest}" +%Y-%m-%dT%H:%M:%SZ)
version=$(raduno --version)
version=${version#raduno }
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package}\n' |
    LC_ALL=C sort | sed -n 's/^installed //p')
digest=$(sha256sum <<<"$version $installed")

cat <<END
{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
 "name": "raduno-$version", "documentNamespace": "urn:raduno:sbom:${digest%% *}",
 "creationInfo": {"created": "$created", "creators": ["Tool: raduno-sbom"]},
 "packages": [
END
printf '  {"SPDXID": "SPDXRef-raduno", "name": "raduno", "versionInfo": "%s", "downloadLocation": "NOASSERTION",\n' "$version"
printf '   "filesAnalyzed": false, "licenseConcluded": "Apache-2.0"}'
while read -r name package_version architecture source; do
    debian_package "$name" "$package_version" "$architecture" "$source"
done <<<"$installed"
printf '\n ],\n "relationships": [\n'
printf '  {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-raduno"}'
while read -r name _ architecture _; do
    printf ',\n  {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "%s"}' \
        "$(identifier "$name-$architecture")"
done <<<"$installed"
printf '\n ]}\n'
