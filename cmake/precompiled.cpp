// The source that precompiled.hpp is compiled for; libraries take what comes of it.
