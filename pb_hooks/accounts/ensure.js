// Files of the folder CHAPTERHOUSE_SECRETS: backend-password, runner-password, and for a first start admin-password.
// Without that folder nothing is touched.
const SERVICES = ["backend", "runner"];
const LEAST_LENGTH = 16;

const readSecret = (folder, name) => {
  try {
    return toString($os.readFile(`${folder}/${name}`)).trim();
  } catch {
    return "";
  }
};

const findByEmail = (collection, email) => {
  try {
    return $app.findAuthRecordByEmail(collection, email);
  } catch {
    return null;
  }
};

const ensureService = (role, password) => {
  if (password.length < LEAST_LENGTH) {
    throw new Error(`The secret ${role}-password is missing or shorter than ${LEAST_LENGTH} characters`);
  }
  const email = `${role}@accounts.chapterhouse.local`;
  const record = findByEmail("accounts", email) ?? new Record($app.findCollectionByNameOrId("accounts"));
  if (!record.isNew() && record.validatePassword(password)) return;
  record.set("email", email);
  record.set("role", role);
  record.set("verified", true);
  record.setPassword(password);
  $app.save(record);
};

const hasAny = (collection) => $app.countRecords(collection) > 0;

/** The first person, and the same name and password for PocketBase's own dashboard. Only while there is none. */
const ensureAdmin = (email, password) => {
  if (!hasAny("users")) {
    const person = new Record($app.findCollectionByNameOrId("users"));
    person.set("email", email);
    person.set("name", "Admin");
    person.set("role", "admin");
    person.set("verified", true);
    person.setPassword(password);
    $app.save(person);
  }
  if (!hasAny("_superusers")) {
    const superuser = new Record($app.findCollectionByNameOrId("_superusers"));
    superuser.set("email", email);
    superuser.setPassword(password);
    $app.save(superuser);
  }
};

const ensureAccounts = () => {
  const folder = $os.getenv("CHAPTERHOUSE_SECRETS");
  if (!folder) return;
  for (const role of SERVICES) ensureService(role, readSecret(folder, `${role}-password`));
  const password = readSecret(folder, "admin-password");
  if (password) ensureAdmin($os.getenv("CHAPTERHOUSE_ADMIN_EMAIL") || "admin@chapterhouse.local", password);
};

module.exports = { ensureAccounts };
