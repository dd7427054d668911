# shortcode.awk - writes common/shortcode.def. Run by hand, its output is committed:
#
#     LC_ALL=C awk -f common/shortcode.awk common/shortcode_alias.txt /usr/share/unicode/emoji/emoji-test.txt > common/shortcode.def
#
# emoji-test.txt is in Debian's unicode-data. Taken are the fully qualified emoji without the variants of
# skin tone; a name is the emoji's own in lower case, with _ for everything else. shortcode_alias.txt is
# written by hand: an alias and the name that it stands for.

# The UTF-8 of code points in hexadecimal.
function utf8(hex,    n, parts, i, c, out) {
    n = split(hex, parts, " ")
    out = ""
    for (i = 1; i <= n; i++) {
        c = number(parts[i])
        if (c < 128) out = out sprintf("%c", c)
        else if (c < 2048) out = out sprintf("%c%c", 192 + int(c / 64), 128 + c % 64)
        else if (c < 65536) out = out sprintf("%c%c%c", 224 + int(c / 4096), 128 + int(c / 64) % 64, 128 + c % 64)
        else out = out sprintf("%c%c%c%c", 240 + int(c / 262144), 128 + int(c / 4096) % 64, 128 + int(c / 64) % 64, 128 + c % 64)
    }
    return out
}

function number(hex,    i, v) {
    v = 0
    for (i = 1; i <= length(hex); i++) v = v * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
    return v
}

function plain(name) {
    gsub(/\303[\240-\245]/, "a", name); gsub(/\303[\200-\205]/, "a", name)
    gsub(/\303\247/, "c", name)
    gsub(/\303[\250-\253]/, "e", name)
    gsub(/\303[\254-\257]/, "i", name)
    gsub(/\303\261/, "n", name)
    gsub(/\303[\262-\266]/, "o", name)
    gsub(/\303[\271-\274]/, "u", name)
    gsub(/\342\200\231/, "", name); gsub(/[.']/, "", name)
    if (name == "keycap: #") name = "keycap hash"
    if (name == "keycap: *") name = "keycap star"
    name = tolower(name)
    gsub(/&/, " and ", name)
    gsub(/[^a-z0-9]+/, "_", name)
    sub(/^_/, "", name); sub(/_$/, "", name)
    return name
}

function row(name, target, kind) {
    if (name in taken) {
        print "shortcode.awk: " name " stands for two emoji" > "/dev/stderr"
        failed = 1
    }
    taken[name] = 1
    names[++count] = name
    rows[name] = sprintf("SHORTCODE(\"%s\", \"%s\", %d, %d, %s)", name, emoji[target], group[target], rank[target], kind)
}

FNR == 1 { file++ }
file == 1 && !/^#/ && NF == 2 { alias[$1] = $2; next }
file == 1 { next }
/^# group: / { groups++; next }
/; fully-qualified/ && !/skin tone/ {
    split($0, half, ";")
    name = $0
    sub(/^[^#]*# [^ ]+ E[0-9.]+ /, "", name)
    name = plain(name)
    hex = half[1]
    gsub(/ +$/, "", hex)
    emoji[name] = utf8(hex)
    group[name] = groups
    rank[name] = ++ranks
    row(name, name, "NAME")
}

END {
    for (a in alias) {
        if (!(alias[a] in emoji)) {
            print "shortcode.awk: no emoji is named " alias[a] > "/dev/stderr"
            failed = 1
        } else if (!(a in taken) || emoji[a] != emoji[alias[a]]) {
            row(a, alias[a], "ALIAS")
        }
    }
    # By bytes, for a binary search.
    for (i = 2; i <= count; i++) {
        name = names[i]
        for (k = i - 1; k >= 1 && names[k] > name; k--) names[k + 1] = names[k]
        names[k + 1] = name
    }
    while ((getline line < "common/shortcode_head.txt") > 0) print line
    for (i = 1; i <= count; i++) print rows[names[i]]
    exit failed
}
