# Doxygen's filter: shows it the comments that headers keep for their readers, too. The comment at the
# head of a file describes the file; a comment behind a member describes that member.

function plain(text) {  # no markup is meant
  gsub(/</, "\\<", text)
  gsub(/@/, "\\@", text)
  return text
}

/^#pragma once/ { print; head = 1; next }
head == 1 && /^$/ { print; next }
head && /^\/\/( |$)/ {
  if (head == 1) printf "/// \\file\n"
  head = 2
  text = substr($0, 4)
  print "/// " (text ~ /^  / ? "    " text : plain(text))
  next
}
{ head = 0 }

# Indented by 2 or 4 spaces: members of classes and structs, and not what stands in bodies.
match($0, /^  (  )?[^ \/].*[;,)}] +\/\/ /) {
  behind = RLENGTH - 2  # the column of the comment, where further lines of it begin
  print substr($0, 1, behind - 1) "///< " plain(substr($0, RLENGTH + 1))
  next
}
behind && match($0, /^ +\/\/ /) && RLENGTH == behind + 2 {
  print substr($0, 1, behind - 1) "///< " plain(substr($0, RLENGTH + 1))
  next
}
{ behind = 0; print }
