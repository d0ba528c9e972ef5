import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/** Asks by JDBC: address, password, query; prints each row as a JSON list of each value's class and text. */
class ByJdbc {
    public static void main(String[] said) throws Exception {
        try (Connection town = DriverManager.getConnection(said[0], "analyst", said[1]);
                ResultSet rows = town.createStatement().executeQuery(said[2])) {
            while (rows.next()) {
                List<String> values = new ArrayList<>();
                for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                    Object value = rows.getObject(column);
                    String text = value == null ? "null" : value.getClass().getSimpleName() + " " + value;
                    values.add('"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
                }
                System.out.println("[" + String.join(", ", values) + "]");
            }
        }
    }
}
